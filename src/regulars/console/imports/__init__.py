"""The screens of imports: give files, see what they mean, correct it, watch, mend what was set aside, undo."""
