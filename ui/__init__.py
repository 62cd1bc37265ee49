"""How Herald's messages look in Discord: values in, embeds and views out. No SQL, no network."""
