-- Tensors that are listed beside a model's weights: an optimizer's state, an average of the weights.
ALTER TABLE "tensor" ADD COLUMN "tensor_group" TEXT;
