"""Where a newsletter's text comes from: folders and Git remotes. No Discord, no SQL."""
