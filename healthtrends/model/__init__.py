"""Domain core: the record, its rules, rejections and a day's totals. No I/O, no clock."""
