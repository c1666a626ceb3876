"""What runs the app: task definitions, ECS services in two colours, workers, scaling, the image repository."""
