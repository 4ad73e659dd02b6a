"""What creators submit: channels they proved to own, clips, and what was decided. Only this room may decide a clip."""
