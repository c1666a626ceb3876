"""The policy pack: rules with a reason, run by Pulumi's engine and by `estate policy` alike."""
