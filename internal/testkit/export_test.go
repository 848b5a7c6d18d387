package testkit

// PrepareTemplate lets a test see Prepare fail without failing itself.
var PrepareTemplate = prepare
