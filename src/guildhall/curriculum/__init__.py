"""Academic programmes, plan editions, courses and their alignment with standards."""
