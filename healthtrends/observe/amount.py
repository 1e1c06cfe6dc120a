"""Text of an amount, the same in a bar and in a plain line."""


def amount(done: int, total: int | None, unit: str) -> str:
    """`40 of 100 records`; bytes are told in MB, 10**6 of them."""
    of_total = total if total and total != done else None
    if unit == "bytes":
        return (f"{done / 1e6:,.1f} of {of_total / 1e6:,.1f}" if of_total else f"{done / 1e6:,.1f}") + " MB"
    return (f"{done:,} of {of_total:,}" if of_total else f"{done:,}") + f" {unit}"
