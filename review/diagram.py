"""A plan as a picture: an SVG of regions, zones, tiers and flows. Pure: the same plan gives the same text."""

from review.drawing.canvas import Canvas
from review.drawing.edge import EstatePicture, estate_picture, regions_of
from review.drawing.layout import lay_out
from review.drawing.style import arrow_heads
from review.plan import PlanDocument


def diagram(plan: PlanDocument) -> str:
    """Return the estate of a plan as a self-contained SVG."""
    picture = estate_picture(plan)
    return draw(picture).svg(
        title=f"Architecture of Breiq, {picture.environment}",
        description=_in_words(picture),
        definitions=arrow_heads(),
    )


def draw(picture: EstatePicture) -> Canvas:
    """Return the drawing with the place of each text."""
    return lay_out(picture)


def _in_words(picture: EstatePicture) -> str:
    """Return what the picture shows, for those who do not see it."""
    left, right = regions_of(picture)
    sentences = [
        f"Users reach {picture.site} through CloudFront.",
        f"Its origin's name leads to {picture.primary_target}, "
        f"and to {picture.secondary_target} when that is unhealthy.",
    ]
    for region in (left, right):
        services = ", ".join(card.title for card in region.services)
        stores = ", ".join(card.title for card in (*region.stores, *region.databases))
        sentences.append(
            f"{region.name}: network {region.cidr} in the zones {', '.join(region.zones)}; a load balancer; "
            f"the services {services}; {stores}."
        )
    if picture.replicated_database:
        sentences.append("The database of {} is replicated to {}.".format(*picture.replicated_database))
    if picture.replicated_objects:
        pairs = " and ".join(f"from {one} to {other}" for one, other in picture.replicated_objects)
        sentences.append(f"Videos are copied {pairs}.")
    if picture.shared_table:
        sentences.append(f"The operations table is in both regions, with a witness in {picture.witness}.")
    return " ".join(sentences)
