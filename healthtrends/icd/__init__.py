"""ICD-10: titles of codes, their category, block and chapter, and the years in which they are valid.

`edition` opens the tables of one system, `validity` judges a code on a day, `titles` finds what it means.
The tables are files beside these modules; README.md says where they come from and how they are made again.
"""
