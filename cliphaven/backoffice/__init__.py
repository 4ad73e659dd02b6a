"""Staff look in: the whole house at a glance. Only this room may show everything to its visitors."""
