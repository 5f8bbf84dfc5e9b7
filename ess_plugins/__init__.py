"""The plugins that come with ess; they use the same door as any third party's."""
