"""Canadian English: ISO dates in fields, day first in sentences is never ambiguous."""

DATE_FORMAT = "F j, Y"
TIME_FORMAT = "P"
FIRST_DAY_OF_WEEK = 0
