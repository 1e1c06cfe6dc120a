"""Names of all that the model does, as `<step>.<call>`; the failpoints of the product have the same names."""

EFFECTS = frozenset(
    {
        "R3.delete",
        "B3.create",
        "B4.create",
        "B4.rename",
        "B5.rename",
        "B7.delete",
        "S.create",
        "S.rename",
        "S.delete",
    }
)
"""Change something on the NameNode."""

LOOKS = frozenset(
    {
        "R1.snapshots",
        "R1.head",
        "R1.commits",
        "R1.manifest",
        "R2.begin",
        "R3.list",
        "B1.ends",
        "B1.list",
        "B2.consume",
        "B3.look",
        "B4.read",
        "B4.snapshots",
        "B5.look",
        "B6.remember",
        "S.look",
    }
)
"""Only look, or do something elsewhere; others may come in between all the same."""
