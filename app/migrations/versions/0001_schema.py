"""The specification's schema in PostgreSQL's words, outbox, idempotency keys, and the writer fence over all of it.

Unlike in the specification's text (docs/design.md#specification), times have a time zone, what counts is not null,
there are unique constraints and CREATE INDEX instead of MySQL's words, and no index repeats a unique constraint's.
"""

from alembic import op

from app.contract import writer_contract
from app.migrations import fence

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

FENCED_TABLES = ("users", "videos", "comments", "likes", "follows", "outbox", "idempotency_keys")

_STATEMENTS = (
    fence.TABLE,
    fence.SEED,
    fence.ASSERT_WRITER,
    fence.NEVER_BACK,
    fence.GUARD,
    fence.MAY_MIGRATE,
    """
    create table users (
        id uuid primary key default gen_random_uuid(),
        username varchar(50) not null unique,
        email varchar(255) not null unique,
        password_hash varchar(255) not null,
        profile_image_url text,
        bio text,
        followers_count int not null default 0,
        following_count int not null default 0,
        videos_count int not null default 0,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
    )
    """,
    """
    create table videos (
        id uuid primary key default gen_random_uuid(),
        user_id uuid not null references users (id) on delete cascade,
        title varchar(255) not null,
        description text,
        video_url text not null,
        thumbnail_url text,
        duration int,
        file_size bigint,
        resolution varchar(20),
        format varchar(10),
        likes_count int not null default 0,
        comments_count int not null default 0,
        views_count int not null default 0,
        shares_count int not null default 0,
        processing_status varchar(20) not null default 'processing',
        is_public boolean not null default true,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
    )
    """,
    "create index idx_videos_user_id on videos (user_id)",
    "create index idx_videos_created_at on videos (created_at desc, id desc) where is_public",
    "create index idx_videos_likes_count on videos (likes_count)",
    "create index idx_videos_processing_status on videos (processing_status)",
    """
    create table comments (
        id uuid primary key default gen_random_uuid(),
        video_id uuid not null references videos (id) on delete cascade,
        user_id uuid not null references users (id) on delete cascade,
        parent_id uuid references comments (id),
        content text not null,
        likes_count int not null default 0,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
    )
    """,
    "create index idx_comments_video_id on comments (video_id)",
    "create index idx_comments_user_id on comments (user_id)",
    "create index idx_comments_parent_id on comments (parent_id)",
    "create index idx_comments_created_at on comments (created_at)",
    """
    create table likes (
        id uuid primary key default gen_random_uuid(),
        user_id uuid not null references users (id) on delete cascade,
        likeable_id uuid not null,
        likeable_type varchar(20) not null check (likeable_type in ('video', 'comment')),
        created_at timestamptz not null default now(),
        constraint unique_like unique (user_id, likeable_id, likeable_type)
    )
    """,
    "create index idx_likes_likeable on likes (likeable_id, likeable_type)",
    """
    create table follows (
        id uuid primary key default gen_random_uuid(),
        follower_id uuid not null references users (id) on delete cascade,
        followed_id uuid not null references users (id) on delete cascade,
        created_at timestamptz not null default now(),
        constraint unique_follow unique (follower_id, followed_id)
    )
    """,
    "create index idx_follows_followed on follows (followed_id)",
    """
    create table outbox (
        id bigint generated always as identity primary key,
        topic text not null,
        payload jsonb not null,
        created_at timestamptz not null default now(),
        delivered_at timestamptz
    )
    """,
    "create index idx_outbox_undelivered on outbox (id) where delivered_at is null",
    """
    create table idempotency_keys (
        scope text not null,
        key text not null,
        fingerprint text not null,
        answer text not null,
        created_at timestamptz not null default now(),
        primary key (scope, key)
    )
    """,
    "create index idx_idempotency_keys_created_at on idempotency_keys (created_at)",
)


def upgrade() -> None:
    """Afterwards the tables stand, fenced, and both roles may do what they must."""
    roles = writer_contract().roles
    for statement in _STATEMENTS:
        op.execute(statement)
    for table in FENCED_TABLES:
        for statement in fence.fenced(table):
            op.execute(statement)
        op.execute(fence.granted(table, roles.app))
    op.execute(f"grant select on writer_fence to {roles.app}")
    op.execute(f"grant select, update on writer_fence to {roles.fence}")
