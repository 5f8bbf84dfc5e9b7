"""The part cache: what files were cleaned into, below ESS_HOME, so that none is cleaned twice."""
