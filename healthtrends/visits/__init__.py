"""Stage: facts of visits, persons and diagnoses become records; the same ones in any order of arrival."""
