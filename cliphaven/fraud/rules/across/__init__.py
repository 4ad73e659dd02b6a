"""What binds clips and people together: views in step, shared traits, the same video twice, one's own money."""
