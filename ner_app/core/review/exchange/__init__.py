"""Taking a review away and bringing annotations in: files, patches, the Hub, reports, training again."""
