"""What goes wrong in Spark's JVM, as text."""

import pytest


def error_of(call) -> str:
    """What Java says when `call` fails."""
    with pytest.raises(Exception) as raised:
        call()
    java = getattr(raised.value, "java_exception", None)
    causes = [] if java is not None else [str(raised.value)]
    while java is not None:
        causes.append(str(java.getMessage()))
        java = java.getCause()
    return " / ".join(causes)
