"""The screens of settings: the firm, work in the background, where everything is stored."""
