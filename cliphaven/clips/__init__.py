"""What creators submit: channels they proved to own, and clips with the decisions on them. Only this room may decide a clip."""
