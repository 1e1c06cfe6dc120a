"""The parts of a date's page, in their order; each is one function of the page's data."""
