"""Who is present in channels, and on which process; a dead process's members are not."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.model import Base


class ChannelNode(Base):
    """A process with members; it says each few seconds that it is alive."""

    __tablename__ = "channel_nodes"

    node: Mapped[UUID] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]


class ChannelMember(Base):
    """Somebody present in a channel; ``shown`` is what others are told of them, as JSON text."""

    __tablename__ = "channel_members"
    __table_args__ = (
        Index("ix_channel_members_project_id_topic", "project_id", "topic"),
        Index("ix_channel_members_node", "node"),
    )

    ref: Mapped[UUID] = mapped_column(primary_key=True)
    project_id: Mapped[UUID]
    topic: Mapped[str]
    node: Mapped[UUID]
    shown: Mapped[str]
