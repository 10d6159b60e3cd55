"""What a set of policy statements answers to a request, by the rules that IAM documents for policies of one account:
a Deny that fits refuses, else an Allow that fits permits, else it is refused. A condition of another kind than those
here is an error, so that no policy is judged by what is not understood."""

import re


def _like(pattern: str, value: str) -> bool:
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch("".join(parts), value, re.DOTALL) is not None


_OPERATORS = {
    "StringEquals": lambda wanted, value: value == wanted,
    "StringLike": _like,
    "ArnLike": _like,
    "Bool": lambda wanted, value: value.lower() == wanted.lower(),
    "NumericLessThan": lambda wanted, value: float(value) < float(wanted),
}


def _list(item) -> list:
    return item if isinstance(item, list) else [item]


def _principal_fits(statement: dict, principal: str | None) -> bool:
    named = statement.get("Principal")
    return named is None or named == "*" or principal in [p for kind in named.values() for p in _list(kind)]


def _fits(statement: dict, action: str, resource: str | None, principal: str | None, context: dict) -> bool:
    return (
        any(_like(pattern.lower(), action.lower()) for pattern in _list(statement["Action"]))
        and (resource is None or any(_like(pattern, resource) for pattern in _list(statement["Resource"])))
        and _principal_fits(statement, principal)
        and all(
            key in context and any(_OPERATORS[operator](wanted, context[key]) for wanted in _list(values))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def allows(statements, action: str, resource: str | None = None, principal: str | None = None, context=()) -> bool:
    """resource: None for trust policies, which name none. context: condition keys and their values."""
    fitting = [s["Effect"] for s in statements if _fits(s, action, resource, principal, dict(context))]
    return "Deny" not in fitting and "Allow" in fitting


def denies(statements, action: str, resource: str, context=()) -> bool:
    """Whether a Deny fits, whatever other policies allow."""
    anything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return not allows([*statements, anything], action, resource, context=context)
