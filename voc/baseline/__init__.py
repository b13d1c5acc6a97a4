"""What is usual: by hour of the week, by day, by how busy the city is."""
