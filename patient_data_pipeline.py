"""The documented command: `python patient_data_pipeline.py 2025-12-22` is `healthtrends run 2025-12-22`.

Works from any folder, also where the package is not installed: this file's folder, which Python puts
first on the path, holds the package.
"""

import sys

from healthtrends.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["run", *sys.argv[1:]]))
