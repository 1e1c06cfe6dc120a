"""Text of an amount, the same in a bar, in a plain line and in a sentence."""


def counted(number: int, noun: str) -> str:
    """`1 date`, `2 dates`, `1,234 dates`: a number with its noun, given for one; -s makes it more.

    Of several words the last is counted: `2 stored dates`.
    """
    return f"{number:,} {noun if number == 1 else noun + 's'}"


def amount(done: int, total: int | None, unit: str) -> str:
    """`40 of 100 records`; bytes are told in MB, 10**6 of them."""
    of_total = total if total and total != done else None
    if unit == "bytes":
        return (f"{done / 1e6:,.1f} of {of_total / 1e6:,.1f}" if of_total else f"{done / 1e6:,.1f}") + " MB"
    whole = counted(of_total or done, unit.removesuffix("s"))
    return f"{done:,} of {whole}" if of_total else whole
