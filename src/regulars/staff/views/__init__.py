"""Pages of staff: coming in, one's own account, and (in the console's frame) other members, keys and the audit log."""
