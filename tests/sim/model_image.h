/* model_image - topics in a metadata image, as the metadata log says them. */
#ifndef KLAMM_TESTS_SIM_MODEL_IMAGE_H
#define KLAMM_TESTS_SIM_MODEL_IMAGE_H

#include "broker/metadata/image.h"

/* `offset`: of the metadata log, goes on. */
void model_image_topic(struct image *image, int64_t *offset, const char *name, struct uuid id);
void model_image_partition(struct image *image, int64_t *offset, struct uuid id, int32_t index);

#endif
