from django.db import migrations, models

from helpdesk.search import line_index


def index(apps, schema_editor):
    line_index(schema_editor, table="customers_customer", column="search_words")


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="customer", name="search_words", field=models.TextField(blank=True, default="")
        ),
        migrations.RunPython(index, migrations.RunPython.noop),  # the index goes with its column
    ]
