"""One file a verb: a pure function on files, `run(config, progress) -> report`."""
