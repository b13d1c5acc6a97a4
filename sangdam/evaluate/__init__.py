"""Measurements on real data: what `sangdam eval` prints."""
