from django.db import migrations, models

from helpdesk.search import Index

INDEX = Index("tickets_searchentry", owner="ticket_id")


def create(apps, schema_editor):
    INDEX.create(schema_editor)


def drop(apps, schema_editor):
    INDEX.drop(schema_editor)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0003_ticket_due_at")]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.BigIntegerField(unique=True)),
                (
                    "ticket",
                    models.ForeignKey(on_delete=models.CASCADE, related_name="+", to="tickets.ticket"),
                ),
            ],
        ),
        migrations.RunPython(create, drop),
    ]
