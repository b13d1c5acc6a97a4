"""A city that calls, for the demonstration: four weeks of the past, calls now, and a water outage that begins."""
