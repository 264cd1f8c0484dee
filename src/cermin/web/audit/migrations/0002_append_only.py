from django.db import migrations, models

from cermin.web.audit import guard


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["agency", "actor_id", "-sequence"], name="audit_of_person"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["agency", "action", "-sequence"], name="audit_of_action"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                fields=["agency", "actor_id", "action", "-sequence"], name="audit_of_deed"
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                fields=["agency", "object_type", "object_id", "-sequence"], name="audit_of_object"
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["agency", "at", "sequence"], name="audit_of_time"),
        ),
        migrations.RunPython(guard.arm, guard.disarm),
    ]
