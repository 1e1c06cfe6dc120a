"""Values of the sections of the pages: numbers and texts as the templates print them."""
