"""What a release is made of and ships with: parts list, licences, archives, audit; run by the Makefile."""
