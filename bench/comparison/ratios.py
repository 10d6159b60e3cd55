"""A table of several ways that took turns."""

import statistics


def table(title: str, against: str, measured: dict[str, list[float]]) -> str:
    """Images/s by way and round: the median, and that of the ratios to the first way, round by round."""
    first = next(iter(measured.values()))
    lines = [f"| {title} | images/s | ratio to {against} |", "|---|---|---|"]
    for name, rates in measured.items():
        ratio = statistics.median(rate / own for rate, own in zip(rates, first, strict=True))
        lines.append(f"| {name} | {statistics.median(rates):.0f} | {ratio:.3f} |")
    return "\n".join(lines)
