"""The commands of the estate: plans as documents, apply and destroy as operations with either engine, states."""
