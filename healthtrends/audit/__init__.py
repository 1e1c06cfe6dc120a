"""Audit of released tables: what can be derived of the counts that they hide.

It reads only what was released, as somebody outside does, and shares no code with what hides counts: a
fault there is not made a second time here. The steps: `description` (what the columns mean), `released`
(rows of the files), `relations` (equations between counts), `bounds` (least and greatest value of each
hidden count, by linear programs), `judge` (which of them are exposed, and by which equations).
"""
