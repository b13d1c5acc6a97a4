"""Tiny models made on the spot: random weights of a few KB, through the real code of transformers and PyTorch."""

import json

import pytest

TEXTS = [
    "여권을 다시 만들려면 구청에 가셔야 합니다.",
    "사진 한 장과 신분증을 가져오십시오.",
    "대형 폐기물은 인터넷으로 신고하고 스티커를 붙여 내놓습니다.",
    "주차 위반 과태료는 미리 내면 20퍼센트 줄어듭니다.",
    "수도 요금은 두 달에 한 번 나옵니다.",
    "query: passage: 0123456789 title heading",
]


SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}


@pytest.fixture(scope="session")
def libraries():
    torch = pytest.importorskip("torch", reason="needs PyTorch: deploy/extras -m pytest tests/extras")
    transformers = pytest.importorskip("transformers", reason="needs transformers: see deploy/extras")
    torch.manual_seed(7)
    return torch, transformers


@pytest.fixture(scope="session")
def tokenizer(libraries):
    """Byte pairs learned from the texts above; a pair of texts as BERT joins it."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    special = ["[PAD]", "[CLS]", "[SEP]", "[END]"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=special, initial_alphabet=alphabet)
    made.train_from_iterator(TEXTS, trainer)
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
    )
    return libraries[1].PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        eos_token="[END]",
        model_max_length=100_000,
    )


@pytest.fixture(scope="session")
def make_encoder(libraries, tokenizer, tmp_path_factory):
    """A folder as sentence-transformers writes it: make_encoder(name, pooling flag, max tokens, prompts)."""
    _, transformers = libraries

    def make(name, flag=None, max_tokens=None, prompts=None):
        folder = tmp_path_factory.mktemp("encoders") / name
        config = transformers.BertConfig(
            vocab_size=len(tokenizer), max_position_embeddings=128, initializer_range=0.4, **SIZES
        )
        transformers.BertModel(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        if flag:
            steps = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
            modules = [{"path": path, "type": f"sentence_transformers.models.{kind}"} for path, kind in steps]
            _write(folder / "modules.json", modules)
            flags = ("pooling_mode_cls_token", "pooling_mode_mean_tokens", "pooling_mode_max_tokens")
            _write(folder / "1_Pooling" / "config.json", dict.fromkeys(flags, False) | {flag: True})
        if max_tokens:
            _write(folder / "sentence_bert_config.json", {"max_seq_length": max_tokens})
        if prompts:
            _write(folder / "config_sentence_transformers.json", {"prompts": prompts})
        return folder

    return make


@pytest.fixture(scope="session")
def encoder_folder(make_encoder):
    return make_encoder("plain")


@pytest.fixture(scope="session")
def encoder(encoder_folder, tmp_path_factory):
    from models.encoder import Encoder

    return Encoder.load(encoder_folder, models_dir=tmp_path_factory.mktemp("models"), offline=True)


@pytest.fixture(scope="session")
def make_reranker(libraries, tokenizer, tmp_path_factory):
    """A cross-encoder in the manner of bge-reranker-v2-m3; make_reranker(name, how many labels)."""
    _, transformers = libraries

    def make(name, labels=1):
        folder = tmp_path_factory.mktemp("rerankers") / name
        config = transformers.XLMRobertaConfig(
            vocab_size=len(tokenizer),
            num_labels=labels,
            max_position_embeddings=130,
            initializer_range=0.4,
            type_vocab_size=1,
            pad_token_id=0,
            **SIZES,
        )
        transformers.XLMRobertaForSequenceClassification(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def reranker(make_reranker, tmp_path_factory):
    from models.reranker import Reranker

    folder = make_reranker("reranker")
    return Reranker.load(folder, models_dir=tmp_path_factory.mktemp("models"), offline=True)


@pytest.fixture(scope="session")
def make_llm(libraries, tokenizer, tmp_path_factory):
    """A small Llama: make_llm(name, chat template, most tokens, the letters it says, whether again and again)."""
    torch, transformers = libraries

    def make(name, template=None, places=2048, says="", endless=False):
        folder = tmp_path_factory.mktemp("llms") / name
        config = transformers.LlamaConfig(
            vocab_size=len(tokenizer),
            num_key_value_heads=2,
            max_position_embeddings=places,
            initializer_range=0.4,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=3,
            **SIZES,
        )
        model = transformers.LlamaForCausalLM(config)
        if says:
            letters = tokenizer.convert_tokens_to_ids(list(says))
            _teach(model, letters if endless else [*letters, 3], torch)
        model.save_pretrained(folder)
        tokenizer.chat_template = template
        tokenizer.save_pretrained(folder)
        tokenizer.chat_template = None
        return folder

    return make


def _teach(model, tokens, torch):
    """Weights with which each token leads to the next, and anything else, and the last, to the first: layers add
    nothing.
    """
    with torch.no_grad():
        for layer in model.model.layers:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
        embedded, head = model.model.embed_tokens.weight, model.lm_head.weight
        embedded.zero_()
        head.zero_()
        embedded[:, 0] = 1.0
        for number, token in enumerate(tokens):
            head[token, number] = 1.0
            embedded[token] = torch.eye(embedded.shape[1])[number + 1]
        head[tokens[0], len(tokens)] = 1.0


def _write(path, value):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value))
