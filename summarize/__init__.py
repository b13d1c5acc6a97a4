"""Finals become summary drafts with evidence."""
