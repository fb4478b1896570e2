-- How the sentence reads toward the words of the evidence, in millionths; null where its sentiment as such was taken.

ALTER TABLE evidence ADD COLUMN negative BIGINT;
ALTER TABLE evidence ADD COLUMN positive BIGINT;
