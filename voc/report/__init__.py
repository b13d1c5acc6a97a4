"""The weekly report for those who decide: figures, page, files, and who makes it."""
