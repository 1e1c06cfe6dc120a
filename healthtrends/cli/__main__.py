"""`python -m healthtrends.cli`: the same as the installed command."""

import sys

from healthtrends.cli.main import main

sys.exit(main())
