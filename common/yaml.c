#include "common/yaml.h"

#include <yaml.h>

#include "common/fs.h"

static err_t refuse(struct why *reterr, yaml_mark_t at, const char *what)
{
    return why(reterr, ERR_INVALID, "line %zu, column %zu: %s", at.line + 1, at.column + 1, what);
}

static err_t convert(yaml_document_t *d, const yaml_node_t *n, int depth, json_t **ret, struct why *reterr);

static err_t convert_mapping(yaml_document_t *d, const yaml_node_t *n, int depth, json_t *object,
                             struct why *reterr)
{
    err_t e = ERR_OK;

    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; !e && p < n->data.mapping.pairs.top; p++) {
        const yaml_node_t *key = yaml_document_get_node(d, p->key);
        const char *name = (const char *)key->data.scalar.value;
        json_t *value = NULL;

        if (key->type != YAML_SCALAR_NODE)
            return refuse(reterr, key->start_mark, "a key must be plain text");
        if (json_object_get(object, name))
            return refuse(reterr, key->start_mark, "this key stands here twice");
        e = convert(d, yaml_document_get_node(d, p->value), depth + 1, &value, reterr);
        if (!e)
            json_object_set_new(object, name, value);
    }
    return e;
}

static err_t convert_sequence(yaml_document_t *d, const yaml_node_t *n, int depth, json_t *array,
                              struct why *reterr)
{
    err_t e = ERR_OK;

    for (yaml_node_item_t *i = n->data.sequence.items.start; !e && i < n->data.sequence.items.top; i++) {
        json_t *value = NULL;

        e = convert(d, yaml_document_get_node(d, *i), depth + 1, &value, reterr);
        if (!e)
            json_array_append_new(array, value);
    }
    return e;
}

static err_t convert(yaml_document_t *d, const yaml_node_t *n, int depth, json_t **ret, struct why *reterr)
{
    err_t e = ERR_OK;

    if (depth > YAML_DEPTH_MAX)
        return refuse(reterr, n->start_mark, "nested deeper than 16 levels");
    switch (n->type) {
    case YAML_SCALAR_NODE:
        *ret = json_stringn((const char *)n->data.scalar.value, n->data.scalar.length);
        if (!*ret)
            return refuse(reterr, n->start_mark, "text that is not UTF-8");
        return ERR_OK;
    case YAML_MAPPING_NODE:
        *ret = json_object();
        e = convert_mapping(d, n, depth, *ret, reterr);
        break;
    case YAML_SEQUENCE_NODE:
        *ret = json_array();
        e = convert_sequence(d, n, depth, *ret, reterr);
        break;
    case YAML_NO_NODE:
        *ret = json_object();
        break;
    }
    if (e) {
        json_decref(*ret);
        *ret = NULL;
    }
    return e;
}

err_t yaml_parse(struct slice text, json_t **ret, struct why *reterr)
{
    yaml_parser_t parser;
    yaml_document_t document;
    const yaml_node_t *root;
    err_t e;

    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, text.p, text.n);
    if (!yaml_parser_load(&parser, &document)) {
        e = refuse(reterr, parser.problem_mark, parser.problem ? parser.problem : "not YAML");
        yaml_parser_delete(&parser);
        return e;
    }
    root = yaml_document_get_root_node(&document);
    if (root) {
        e = convert(&document, root, 0, ret, reterr);
    } else {
        *ret = json_object();
        e = ERR_OK;
    }
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
    return e;
}

err_t yaml_load(const char *path, json_t **ret, struct why *reterr)
{
    OWNED_BUF text = { 0 };
    struct why reason;
    err_t e = fs_read_all(fs_posix(), path, YAML_BYTES_MAX, &text);

    if (e)
        return why(reterr, e, "%s: %s", path, err_text(e));
    e = yaml_parse(buf_slice(&text), ret, &reason);
    return e ? why(reterr, e, "%s: %s", path, reason.text) : ERR_OK;
}
