"""How things look in Discord: values in, embeds and views out. No SQL, no network."""
