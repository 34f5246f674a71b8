"""Whatever leaves us goes through here: one slice, whether a campaign, a callback or a letter asked for it."""
