"""What a contact says: topic, district, place, danger, words of complaint, phrases, themes."""
